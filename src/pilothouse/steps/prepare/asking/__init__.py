"""Questions to judge answers by: the product's own, and more made of them by rules."""
