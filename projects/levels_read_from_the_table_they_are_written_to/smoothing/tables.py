def empty_like_series(series):
    return series.new_zeros(series.shape)
