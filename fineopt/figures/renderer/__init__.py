"""The renderer that draws scenes by matplotlib."""
