CFG = {"gauges": 6, "width": 10, "inplace": False, "lr": 0.01}
