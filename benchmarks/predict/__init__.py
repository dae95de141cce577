"""The whole product path against peers on public tables: who answers better, and at what price."""
