"""MegEngine's networks and optimizers, whose names are those of fineopt.

MegEngine itself is imported where it is used, so that these modules load without it.
"""
