CFG = {"gauges": 6, "width": 10, "inplace": True, "lr": 0.01}
