"""Everything that touches the outside: Cognito, the local pool, stores, logs, the command line."""

if __name__ != "authflow.adapters":  # a second copy of every class would compare unequal to the first
    raise ImportError("import authflow.adapters, not adapters")
