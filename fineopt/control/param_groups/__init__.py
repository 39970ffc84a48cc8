"""The param groups of an optimizer, as a panel's rows show and change them."""
