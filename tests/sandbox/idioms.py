"""Rewards as they are written with numpy: all of them have a graph.

WIDTHS: fields of s and n (the next state). EXPRESSIONS: values of one term. BODIES: the
lines of a whole reward.
"""

WIDTHS = {"h": 0, "v": 0, "p": 3, "q": 3, "m": 4, "last_action": 2}

# One a line.
_LINES = """
np.abs(n.p).sum(1)
np.clip(n.v, -1, 1)
np.clip(n.v, a_min=None, a_max=0.5)
n.v.clip(0)
n.p.mean(axis=-1)
np.linalg.norm(n.p - n.q, axis=-1)
np.linalg.norm(n.p, ord=1, axis=1)
np.linalg.norm(n.p, np.inf, 1)
np.linalg.norm(n.p, 3, 1)
np.sqrt(np.sum(n.p**2, axis=1, keepdims=True))[:, 0]
np.sum([n.v, n.h], axis=0)
np.mean([n.v, n.h, s.v], axis=0)
np.max(np.stack([n.v, n.h], axis=-1), axis=-1)
np.minimum.reduce([n.v, n.h, s.v])
np.add.reduce(n.p, axis=1)
np.maximum.reduce([n.v, n.h])
np.logical_and.reduce([n.v > 0, n.h > 0]).astype(float)
np.all([n.v > 0, n.h > 0], axis=0) * 1.0
np.all(n.p > -1, axis=1)
np.any(n.p > 1, axis=-1) & ~(n.v > 0)
(n.v > 0) + (n.h > 0)
(n.v > 0) * (n.h > 0)
((n.v > 0).astype(int) + (n.h > 0)) // 2
1.0 - (n.v > 0)
-np.einsum('ij,ij->i', n.p, n.q)
np.einsum('ni,ij,nj->n', n.p, np.diag([1.,2.,3.]), n.q)
n.p @ np.array([1., 2., 3.])
np.dot(n.p, np.array([1., 2., 3.]))
(n.p @ np.ones((3, 2)))[:, 1]
np.matmul(n.p[:, None, :], n.q[:, :, None])[:, 0, 0]
np.matmul(n.p[:, None, :], n.q[:, :, None]).squeeze()
np.inner(n.p, np.array([1., 2., 3.]))
np.vecdot(n.p, n.q)
np.cross(n.p, n.q)[:, 2]
np.hypot(n.v, n.h) + np.arctan2(n.v, n.h)
np.var(n.p, axis=1) + np.std(n.p, axis=1, ddof=1)
n.p.std(axis=1) + n.p.var(1)
np.ptp(n.p, axis=1)
np.median(n.p, axis=1)
np.median(n.m, axis=1)
np.percentile(n.m, 30, axis=1)
np.quantile(n.m, 0.75, axis=-1)
np.average(n.p, axis=1, weights=[1, 2, 3])
np.average(n.p, axis=1)
np.cumsum(n.p, axis=1)[:, -1]
np.cumprod(n.p, axis=1)[:, 1]
np.sort(n.p, axis=1)[:, 0]
np.argsort(n.p, axis=1)[:, 0]
np.argmax(n.p, axis=1)
n.p.argmin(1) == 2
np.take_along_axis(n.p, np.argmax(n.q, axis=1)[:, None], axis=1)[:, 0]
np.take(n.p, 1, axis=1) + np.take(n.p, [0, 2], axis=1).sum(1)
n.p[:, [0, 2]].sum(axis=1)
n.p[:, ::-1][:, 0]
n.p[..., 1]
n.p[:, -1]
n.p[:, np.array([True, False, True])].prod(axis=1)
n.p.T[0]
n.p.T.sum(axis=0)
np.transpose(n.p)[1]
n.p.reshape(-1, 3)[:, 0]
n.m.reshape(len(a), 2, 2).sum(axis=(1, 2))
n.m.reshape(-1, 2, 2)[:, 0, 1]
np.trace(n.m.reshape(-1, 2, 2), axis1=1, axis2=2)
np.swapaxes(n.m.reshape(-1, 2, 2), 1, 2)[:, 0, 1]
np.moveaxis(n.m.reshape(-1, 2, 2), 0, -1)[1, 0]
n.v[:, None].repeat(3, axis=1).sum(1)
np.repeat(n.v[:, None], 2, axis=1)[:, 1]
np.tile(n.v[:, None], (1, 3)).sum(axis=1)
(n.v.reshape(-1, 1) * np.ones((1, 3))).mean(1)
np.expand_dims(n.v, 1).ravel()
np.hstack([n.p, n.q]).sum(1)
np.concatenate([n.p, n.v[:, None]], axis=1).max(axis=1)
np.column_stack([n.v, n.p]).min(axis=1)
np.vstack([n.v, n.h]).mean(axis=0)
np.stack((n.v, n.h)).prod(axis=0)
np.array([n.v, n.h]).sum(axis=0)
np.array([n.v, n.h]).T[:, 0]
np.asarray(n.v) * np.asarray([2.0])
np.append(n.p, n.q, axis=1).sum(1)
np.diff(n.p, axis=1)[:, 0]
np.diff(n.p, n=2)[:, 0]
np.roll(n.p, 1, axis=1)[:, 0]
np.flip(n.p, axis=1)[:, 0]
np.flip(n.p, 1)[:, 0]
np.where(n.v > 0, n.h, -1.0)
np.where(n.p > 0, n.p, 0).sum(1)
np.where(n.v > 0, True, n.h > 0)
np.select([n.v > 1, n.v > 0], [n.h, 0.5], 0.0)
np.select([n.v > 1, n.v > 0], [1, 2])
np.piecewise(n.v, [n.v < 0, n.v >= 0], [lambda x: -x, lambda x: x ** 2])
np.interp(n.v, [-1, 0, 2], [0, 1, -1])
np.interp(n.v, [-1, 0, 2], [0, 1, -1], left=5.0, right=7.0)
np.polyval([1.0, -2.0, 0.5], n.v)
np.digitize(n.v, [-1, 0, 1])
np.digitize(n.v, [-1, 0, 1], right=True)
np.searchsorted([-1, 0, 1], n.v)
np.heaviside(n.v, 0.5) + np.sign(n.v) + np.copysign(1.0, n.v)
np.nan_to_num(np.log(n.v), nan=-1.0, neginf=-5)
np.nan_to_num(1/(n.v > 0), posinf=3.0)
np.isfinite(n.v) * np.isclose(n.v, n.h, atol=0.1)
np.round(n.v, 2) + np.round(n.v) + n.v.round(1)
np.floor(n.v) + np.ceil(n.v) + np.trunc(n.v) + np.rint(n.v)
n.v // 0.3 + n.v % 0.3 + np.fmod(n.v, 0.3)
divmod(n.v, 0.3)[1]
n.v ** 2 + np.abs(n.v) ** 0.5 + np.abs(n.v) ** 1.5 + np.power(n.v, 3)
2 ** n.v + np.exp2(n.v)
np.float_power(np.abs(n.v), 1.3)
np.square(n.v) + np.reciprocal(n.v) + np.cbrt(n.v)
np.exp(-n.v) + np.expm1(n.v) + np.log1p(np.abs(n.v)) + np.logaddexp(n.v, 0)
np.tanh(n.v) + np.arcsinh(n.v) + np.sinc(n.v) + np.deg2rad(n.v) + np.degrees(n.v)
np.clip(np.full(len(a), 2.0), 0, n.v)
np.full(a.shape[0], 1.5) + np.zeros_like(n.v) + np.ones_like(n.p)[:, 0]
np.full_like(n.v, 2.0) + np.zeros(n.v.shape) + np.empty_like(n.v) * 0
np.ones((len(a), 3)).sum(axis=1) * n.v
np.zeros((3, len(a)))[0] + n.v
np.broadcast_to(n.v[:, None], n.p.shape).sum(axis=1)
np.broadcast_to(np.array([1., 2., 3.]), n.p.shape)[:, 1]
np.tile(np.array([1., 2., 3.]), (len(a), 1))[:, 2] * n.v
np.divide(n.v, n.h, out=np.zeros_like(n.v), where=np.abs(n.h) > 0.1)
np.count_nonzero(n.p > 0, axis=1)
np.sum(n.p > 0, axis=1) >= 2
sum(n.p[:, i] for i in range(3))
sum([n.v, n.h])
abs(n.v) + pow(n.v, 2) + -n.v + +n.h
math.pi * n.v + math.exp(-1) + float(np.sqrt(2.0))
np.nansum(n.p, axis=1) + np.nanmax(n.p, axis=1)
np.nanmin(n.p, 1) + np.nanmean(np.where(n.p > 2, np.nan, n.p), axis=1)
np.prod(n.p, axis=1)
np.amax(n.p, 1) - np.amin(n.p, axis=1)
np.outer(n.v, np.array([1., 2.]))[:, 1]
np.subtract.outer(n.v, np.array([1., 2.]))[:, 1]
n.p.dot(np.array([1., 2., 3.]))
np.atleast_1d(n.v) + np.squeeze(n.v[:, None])
np.logical_xor(n.v > 0, n.h > 0) ^ (n.v > 1)
np.not_equal(n.v > 0, n.h > 0)
np.maximum(n.v > 0, n.h > 0)
(n.v > 0) == (n.h > 0)
np.where((n.v > 0) < (n.h > 0), 1, 2)
n.p.max(axis=1, keepdims=True)[:, 0] * n.p.sum(1, keepdims=True).reshape(-1)
np.pad(n.p, ((0, 0), (1, 0)))[:, 0] + n.v
np.split(n.m, 2, axis=1)[1].sum(axis=1)
np.array([[1.0, 2.0, 3.0]]).repeat(len(a), axis=0)[:, 1] * n.v
n.v.astype(int) + (n.v > 0).astype(np.int32)
np.positive(n.v) + np.negative(n.v) + np.real(n.h)
np.unwrap(np.zeros(3))[0] + n.v
np.linspace(0, 1, 3)[1] * n.v + np.arange(3)[2]
np.linalg.vector_norm(n.p, axis=1)
n.m.reshape(-1, 2, 2).trace(axis1=1, axis2=2)
np.mean(n.p, 1, float)
np.sum(n.p > 0, axis=1, dtype=float)
np.corrcoef(np.ones((2,3)))[0,0] * n.v
np.convolve(np.ones(2), np.ones(2))[0] * n.v
np.isin(np.argmax(n.p, axis=1), [0, 2])
n.p[np.arange(len(a)), np.argmax(n.p, axis=1)]
[1.0] * len(a)
np.array([0.5 for _ in range(len(a))]) * n.v
n.v if isinstance(n.v, np.ndarray) else 0.0
n.v if n.v.ndim == 1 else n.v[:, 0]
(n.p * [1.0, 2.0, 3.0]).sum(1)
np.argwhere(np.ones(2)).size * n.v
np.float64(0.3) * n.v
np.int32(2) * n.v
(n.p - n.p.mean(axis=1)[:, None]).max(axis=1)
np.sum(n.p * n.q, axis=1) / (np.linalg.norm(n.p, axis=1) + 1e-8)
np.concatenate([n.v[:, np.newaxis], n.h[:, np.newaxis]], axis=-1).sum(-1)
np.fabs(n.v) + np.fmax(n.v, n.h) + np.fmin(n.v, 0)
np.signbit(n.v) | np.isnan(n.v) | np.isinf(n.v)
np.bincount(np.array([0, 1]))[0] * n.v
"""
EXPRESSIONS = _LINES.strip().split("\n")

BODIES = {
    "masked set": """
r = np.zeros(len(a))
r[n.v > 0] = 1.0
r -= 0.1
return {'x': r}
""",
    "masked aug": """
r = np.zeros_like(n.v)
r += n.h
r[n.v > 0] += 1.0
r[n.v < 0] *= 2
return {'x': r}
""",
    "masked read": """
m = n.v > 0
r = np.zeros(a.shape[0])
r[m] = np.exp(-n.v[m]) * 2
r[~m] = n.h[~m]
return {'x': r}
""",
    "masked 2d": """
r = n.p.copy()
r[r < 0] = 0.0
return {'x': r.sum(axis=1)}
""",
    "masked rows 2d": """
r = n.p.copy()
r[n.v > 0] = 0.0
return {'x': r.sum(axis=1)}
""",
    "masked col": """
r = n.p.copy()
r[n.v > 0, 1] = 5.0
return {'x': r.sum(axis=1)}
""",
    "set col": """
r = np.zeros((len(a), 3))
r[:, 0] = n.v
r[:, 1] += n.h
r[:, 2:] = 4.0
return {'x': r.sum(axis=1), 'y': r[:, 1]}
""",
    "set cols list": """
r = np.zeros((len(a), 3))
r[:, [0, 2]] = n.p[:, :2]
r[..., 1] = -1
return {'x': r[:, 2] - r[:, 0]}
""",
    "view then change": """
r = n.p.copy()
c = r[:, 0]
c += 1.0
return {'x': r.sum(axis=1), 'y': c}
""",
    "total": """
x = n.v * 2
return x + 1.0, {'x': x, 'one': 1.0}
""",
    "unpack": """
x, y, z = n.p.T
return {'x': x * y, 'z': z}
""",
    "int zeros": """
r = np.zeros(len(a), dtype=int)
r[n.v > 0] = 1
return {'x': r * 0.5}
""",
    "bool or": """
ok = np.ones(len(a), dtype=bool)
ok &= n.v > -1
ok |= n.h > 2
return {'x': ok.astype(float)}
""",
    "out": """
x = np.empty_like(n.v)
np.multiply(n.v, 2.0, out=x)
return {'x': x}
""",
    "const term": """
row = np.ones(len(a))
return {'alive': 1, 'b': True, 'c': np.float32(2.5), 'd': row, 'e': np.array([2.0])}
""",
    "swap": """
x = n.v.copy()
y = x
y += 1
return {'x': x}
""",
    "loop over the columns": """
r = 0.0
for i in range(n.p.shape[1]):
    r = r + np.abs(n.p[:, i] - s.p[:, i])
return {'x': -r}
""",
}
