"""How is a trained model kept, and read again without running anybody's code?

`saving` writes and reads a folder, `manifest` says what is in it, `reading` and `tree_texts` look at what nobody
vouches for, and `shelf` knows which model is used and how to go back.
"""
