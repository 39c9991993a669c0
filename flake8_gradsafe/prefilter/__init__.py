"""The prefilter: it tells from a file's program, before anything is run on the model, whether the file can have a
finding at all.

Every answer errs on one side: what is passed over here can hold no finding, what is kept may still be clean.
"""
