"""Networks that candidates train, one readable file each: their layers, nothing of their training.

Each file has a frozen shape of plain numbers and a maker that returns a torch module;
torch is loaded when a network is made. A network that tells classes apart has
``features(*inputs)``, the vectors before its last layer, beside ``forward(*inputs)``.
"""
