from typing import Callable

import torch


def euler_step(f: Callable, t, x, u, dt):
    return x + dt * f(t, x, u)


def midpoint_step(f: Callable, t, x, u, dt):
    half = x + 0.5 * dt * f(t, x, u)
    return x + dt * f(t + 0.5 * dt, half, u)


STEPPERS = {"euler": euler_step, "midpoint": midpoint_step}


def rollout(plant, policy, x0, horizon, dt, method="euler"):
    step = STEPPERS[method]
    x, energy = x0.clone(), 0.0
    for k in range(horizon):
        u = policy(x)
        x = step(plant, k * dt, x, u, dt)
        energy = energy + u.pow(2).mean() * dt
    return x, energy
