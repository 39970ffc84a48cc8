"""Other frameworks' networks and optimizers, seen as fineopt's own. Importing it loads none."""
