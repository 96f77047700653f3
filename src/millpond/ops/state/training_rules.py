"""The arithmetic of training: one function for each rule, from old to new values.

Every function is pure and works on any array module: `step(xp, var, *slots, ...)` gives the new `var`, then
the new slots. `training.py` applies them to whole variables, `training_sparse.py` to single rows. All arrays
of a call have one dtype; hyper-parameters are arrays without dimensions. XLA fuses each into one pass over
the elements.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond.graph.rule_types import Array, ArrayModule


def gradient_descent(xp: ArrayModule, var: Array, alpha: Array, delta: Array) -> Array:
    """`var - alpha delta`."""
    return var - alpha * delta


def momentum(xp: ArrayModule, var: Array, accum: Array, lr: Array, grad: Array, momentum: Array, *,
             use_nesterov: bool) -> Array:
    """Polyak 1964: `a' = momentum a + g`, `var - lr a'`; Nesterov's form (Sutskever et al. 2013) looks one
    step ahead: `var - lr (g + momentum a')`."""
    accum = accum * momentum + grad
    direction = grad + accum * momentum if use_nesterov else accum
    return var - lr * direction, accum


def adam(xp: ArrayModule, var: Array, m: Array, v: Array, beta1_power: Array, beta2_power: Array, lr: Array,
         beta1: Array, beta2: Array, epsilon: Array, grad: Array, *, use_nesterov: bool) -> Array:
    """Kingma and Ba, arXiv:1412.6980, in the form before its section 2.1, where epsilon stands beside the
    uncorrected root: `m' = beta1 m + (1 - beta1) g`, `v' = beta2 v + (1 - beta2) g^2`,
    `var - lr sqrt(1 - beta2^t) / (1 - beta1^t) m' / (sqrt(v') + epsilon)`."""
    one = _one(xp, grad)
    rate = lr * xp.sqrt(one - beta2_power) / (one - beta1_power)
    m = m + (grad - m) * (one - beta1)
    v = v + (grad * grad - v) * (one - beta2)
    direction = beta1 * m + (one - beta1) * grad if use_nesterov else m
    return var - direction * rate / (xp.sqrt(v) + epsilon), m, v


def adamax(xp: ArrayModule, var: Array, m: Array, v: Array, beta1_power: Array, lr: Array, beta1: Array, beta2: Array,
           epsilon: Array, grad: Array) -> Array:
    """Section 7 of arXiv:1412.6980: `v' = max(beta2 v, |g|)`, `var - lr / (1 - beta1^t) m' / (v' +
    epsilon)`."""
    one = _one(xp, grad)
    m = m + (grad - m) * (one - beta1)
    v = xp.maximum(beta2 * v, xp.abs(grad))
    return var - lr / (one - beta1_power) * (m / (v + epsilon)), m, v


def adagrad(xp: ArrayModule, var: Array, accum: Array, lr: Array, grad: Array, *, update_slots: bool) -> Array:
    """Duchi, Hazan and Singer, JMLR 12 (2011): `a' = a + g^2`, `var - lr g / sqrt(a')`."""
    if update_slots:
        accum = accum + grad * grad
    return var - lr * grad / xp.sqrt(accum), accum


def adagrad_v2(xp: ArrayModule, var: Array, accum: Array, lr: Array, epsilon: Array, grad: Array, *,
               update_slots: bool) -> Array:
    """Adagrad with a term against division by zero: `var - lr g / (sqrt(a') + epsilon)`."""
    if update_slots:
        accum = accum + grad * grad
    return var - lr * grad / (xp.sqrt(accum) + epsilon), accum


def adagrad_da(xp: ArrayModule, var: Array, gradient_accumulator: Array, gradient_squared_accumulator: Array,
               grad: Array, lr: Array, l1: Array, l2: Array, global_step: Array) -> Array:
    """The dual averaging form of Adagrad, with t the step: `z' = z + g`, `n' = n + g^2`,
    `var = -lr shrink(z', l1 t) / (l2 lr t + sqrt(n'))`."""
    total = gradient_accumulator + grad
    squares = gradient_squared_accumulator + grad * grad
    step = xp.asarray(global_step, dtype=grad.dtype)
    return -(lr * _shrink(xp, total, l1 * step)) / (l2 * lr * step + xp.sqrt(squares)), total, squares


def adadelta(xp: ArrayModule, var: Array, accum: Array, accum_update: Array, lr: Array, rho: Array, epsilon: Array,
             grad: Array) -> Array:
    """Zeiler, arXiv:1212.5701: `a' = rho a + (1 - rho) g^2`, `d = sqrt(u + epsilon) / sqrt(a' + epsilon) g`,
    `u' = rho u + (1 - rho) d^2`, `var - lr d`."""
    rest = _one(xp, grad) - rho
    accum = accum * rho + grad * grad * rest
    change = xp.sqrt(accum_update + epsilon) / xp.sqrt(accum + epsilon) * grad
    accum_update = accum_update * rho + change * change * rest
    return var - change * lr, accum, accum_update


def rms_prop(xp: ArrayModule, var: Array, ms: Array, mom: Array, lr: Array, rho: Array, momentum: Array, epsilon: Array,
             grad: Array) -> Array:
    """Tieleman and Hinton, lecture 6.5 (2012): `s' = rho s + (1 - rho) g^2`,
    `m' = momentum m + lr g / sqrt(s' + epsilon)`, `var - m'`."""
    ms = ms + (grad * grad - ms) * (_one(xp, grad) - rho)
    mom = mom * momentum + grad * lr / xp.sqrt(ms + epsilon)
    return var - mom, ms, mom


def centered_rms_prop(xp: ArrayModule, var: Array, mg: Array, ms: Array, mom: Array, lr: Array, rho: Array,
                      momentum: Array, epsilon: Array, grad: Array) -> Array:
    """RMSProp by the variance of the gradient (Graves, arXiv:1308.0850): `c' = rho c + (1 - rho) g`, and the
    root is that of `s' - c'^2 + epsilon`."""
    rest = _one(xp, grad) - rho
    ms = ms + (grad * grad - ms) * rest
    mg = mg + (grad - mg) * rest
    mom = mom * momentum + grad * lr / xp.sqrt(ms - mg * mg + epsilon)
    return var - mom, mg, ms, mom


def ftrl(xp: ArrayModule, var: Array, accum: Array, linear: Array, grad: Array, lr: Array, l1: Array, l2: Array,
         lr_power: Array, *, multiply_linear_by_lr: bool) -> Array:
    """McMahan et al., KDD 2013: with `q(n) = n^-lr_power`, `n' = n + g^2`, `z' = z + g - (q(n') - q(n)) / lr
    var`, `var = -shrink(z', l1) / (q(n') / lr + 2 l2)`. `multiply_linear_by_lr` keeps `lr z` in place of
    `z`."""
    return _ftrl(xp, var, accum, linear, grad, grad, lr, l1, l2, lr_power, multiply_linear_by_lr)


def ftrl_v2(xp: ArrayModule, var: Array, accum: Array, linear: Array, grad: Array, lr: Array, l1: Array, l2: Array,
            l2_shrinkage: Array, lr_power: Array, *, multiply_linear_by_lr: bool) -> Array:
    """FTRL where `z` takes `g + 2 l2_shrinkage var` in place of `g`: an L2 penalty on the size, not on the
    change."""
    shrunk = grad + _two(xp, grad) * l2_shrinkage * var
    return _ftrl(xp, var, accum, linear, grad, shrunk, lr, l1, l2, lr_power, multiply_linear_by_lr)


def _ftrl(xp: ArrayModule, var: Array, accum: Array, linear: Array, grad: Array, shifted: Array, lr: Array, l1: Array,
          l2: Array, lr_power: Array, scaled: bool) -> Array:
    if isinstance(lr_power, np.ndarray) and lr_power == -0.5:  # known, and the usual one: a root is cheaper
        root = xp.sqrt
    else:
        def root(n: Any) -> Any:
            return xp.power(n, -lr_power)
    squares = accum + grad * grad
    new_root = root(squares)
    growth = (new_root - root(accum)) * var
    if scaled:
        linear = linear + shifted * lr - growth
        return -_shrink(xp, linear, l1 * lr) / (new_root + _two(xp, grad) * l2 * lr), squares, linear
    linear = linear + shifted - growth / lr
    return -_shrink(xp, linear, l1) / (new_root / lr + _two(xp, grad) * l2), squares, linear


def proximal_gradient_descent(xp: ArrayModule, var: Array, alpha: Array, l1: Array, l2: Array, delta: Array) -> Array:
    """Duchi and Singer (FOBOS), NIPS 2009: `p = var - alpha delta`, `shrink(p, alpha l1) / (1 + alpha
    l2)`."""
    return _shrink(xp, var - alpha * delta, alpha * l1) / (_one(xp, delta) + alpha * l2)


def proximal_adagrad(xp: ArrayModule, var: Array, accum: Array, lr: Array, l1: Array, l2: Array, grad: Array) -> Array:
    """FOBOS with the rates of Adagrad: `r = lr / sqrt(a')`, `shrink(var - r g, r l1) / (1 + r l2)`."""
    accum = accum + grad * grad
    rate = lr / xp.sqrt(accum)
    return _shrink(xp, var - grad * rate, rate * l1) / (_one(xp, grad) + rate * l2), accum


def add_sign(xp: ArrayModule, var: Array, m: Array, lr: Array, alpha: Array, sign_decay: Array, beta: Array,
             grad: Array) -> Array:
    """Bello et al., arXiv:1709.07417: `m' = beta m + (1 - beta) g`,
    `var - lr (alpha + sign_decay sign(g) sign(m')) g`."""
    m = m * beta + grad * (_one(xp, grad) - beta)
    return var - lr * (alpha + sign_decay * xp.sign(grad) * xp.sign(m)) * grad, m


def power_sign(xp: ArrayModule, var: Array, m: Array, lr: Array, logbase: Array, sign_decay: Array, beta: Array,
               grad: Array) -> Array:
    """arXiv:1709.07417: `var - lr exp(logbase sign_decay sign(g) sign(m')) g`."""
    m = m * beta + grad * (_one(xp, grad) - beta)
    return var - lr * xp.exp(logbase * sign_decay * xp.sign(grad) * xp.sign(m)) * grad, m


def _shrink(xp: ArrayModule, x: Array, by: Array) -> Array:
    """`x`, brought nearer to zero by `by`, and never past it (the proximal operator of `by |x|`)."""
    return xp.sign(x) * xp.maximum(xp.abs(x) - by, xp.zeros((), x.dtype))


def _one(xp: ArrayModule, like: Array) -> Array:
    return xp.ones((), like.dtype)


def _two(xp: ArrayModule, like: Array) -> Array:
    return xp.full((), 2, like.dtype)
