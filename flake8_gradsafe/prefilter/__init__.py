"""What could be found in a file at all, told from its program before anything is run on the model.

Every answer errs on one side: what is passed over here can hold no finding, what is kept may still be clean.
"""
