"""How does a model run where there is no Python?

`onnx_export` writes the file, `onnx_graph` its steps, `onnx_trees` the trees.
"""
