"""Networks made smaller and carried elsewhere: pruned, in int8, distilled, as ONNX."""
