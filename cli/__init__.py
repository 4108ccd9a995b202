"""Words on a screen: one module per noun. It holds no decision."""
