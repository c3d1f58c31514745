"""The machines in the words of other runtimes: for simulators, viewers and programs that are not Python."""
