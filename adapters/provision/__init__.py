"""Makes user pools with what belongs to them, and examines the configurations that name them."""
