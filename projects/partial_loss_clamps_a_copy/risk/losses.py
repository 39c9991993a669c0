def focal(hazard, event, gamma, floor):
    hazard = hazard.clamp(floor, 1 - floor)
    hit = event * (1 - hazard) ** gamma * hazard.log()
    miss = (1 - event) * hazard**gamma * (1 - hazard).log()
    return -(hit + miss).mean()
