"""A lake of code, scanned on Dask: its projects are gathered, those that are the same analysed once, the findings Parquet."""
