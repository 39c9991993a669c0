"""The prefilter: it tells from a file's program, before anything runs on the model, whether there can be a finding.

Every answer errs on one side: what is passed over here can hold no finding, what is kept may still be clean.
"""
