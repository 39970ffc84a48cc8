"""What a panel's buttons and fields do, as plain Python that needs no widgets."""
