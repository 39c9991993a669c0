TASKS = {
    "ripe": lambda a: a.sigmoid().mean(),
    "ill": lambda a: a.pow(2).mean(),
    "tall": lambda a: (a - 1).abs().mean(),
}
