"""The two drivers, and what they share. They run the loop: commit, publish, perform, take the outcome."""
