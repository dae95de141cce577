"""Generation of pictures on MNIST: the bound of the VAE, and distances against the floor."""
