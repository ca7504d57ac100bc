"""Classes: methods, attributes read and written, dataclasses, properties, static methods."""

from dataclasses import dataclass, field, replace

import numpy as np

from . import program


class Spring:
    rest_length = 0.5

    def __init__(self, stiffness, damping=0.1):
        self.stiffness = stiffness
        self.damping = damping
        self.calls = 0

    def force(self, x, v):
        self.calls += 1
        return -self.stiffness * (x - self.rest_length) - self.damping * v

    @property
    def period(self):
        return 2.0 * np.pi / np.sqrt(self.stiffness)

    @staticmethod
    def energy(k, x):
        return 0.5 * k * x * x

    @classmethod
    def stiff(cls, k):
        return cls(10.0 * k, damping=k)


class Accumulator:
    def __init__(self):
        self.total = 0.0
        self.history = []
        self.buffer = np.zeros(3)

    def add(self, x):
        self.total += x
        self.history.append(self.total)
        return self

    def put(self, i, x):
        self.buffer[i] = x


class Base:
    def __init__(self, a):
        self.a = a

    def value(self, x):
        return self.a * x

    def doubled(self, x):
        return 2.0 * self.value(x)


class Derived(Base):
    def __init__(self, a, b):
        super().__init__(a)
        self.b = b

    def value(self, x):
        return super().value(x) + self.b * x**2


@dataclass
class Body:
    mass: float
    position: np.ndarray
    name: str = "body"


@dataclass(frozen=True)
class Parameters:
    rate: float
    shape: float = 2.0
    tags: tuple = field(default=())

    def hazard(self, t):
        return self.rate * self.shape * (self.rate * t) ** (self.shape - 1.0)


class Vector:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def __mul__(self, s):
        return Vector(self.x * s, self.y * s)

    def __len__(self):
        return 2

    def __getitem__(self, i):
        return self.x if i == 0 else self.y

    def __call__(self, t):
        return self.x + self.y * t


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self, a, b):
        self.a, self.b = a, b


@program(args=(1.5, 0.3), wrt=(0, 1))
def object_method(k, x):
    spring = Spring(k)
    return spring.force(x, 2.0 * x) ** 2 * spring.calls


@program(args=(1.5,))
def property_and_static_method(k):
    spring = Spring(k)
    return spring.period * Spring.energy(k, 0.5) + spring.energy(2.0, k)


@program(args=(1.5,))
def class_method_constructor(k):
    spring = Spring.stiff(k)
    return spring.force(k, 1.0)


@program(args=(1.5,))
def attribute_written_outside(k):
    spring = Spring(1.0)
    spring.stiffness = k * k
    spring.damping *= k
    return spring.force(0.2, 0.4)


@program(args=(0.4,))
def state_in_object(x):
    acc = Accumulator()
    for i in range(3):
        acc.add(x**i)
    return acc.total * acc.history[1]


@program(args=(0.4,))
def fluent_calls(x):
    return Accumulator().add(x).add(x * x).total ** 2


@program(args=(np.array([0.4, 0.6]),))
def array_attribute_filled(u):
    acc = Accumulator()
    acc.put(0, u[0] * u[1])
    acc.buffer[1:] = u**2
    acc.buffer[1] += acc.buffer[0]
    return np.sum(acc.buffer**2)


@program(args=(1.2, 0.4), wrt=(0, 1))
def inheritance_and_super(a, b):
    return Derived(a, b).doubled(a) + Base(b).doubled(a)


@program(args=(Body(2.0, np.array([0.3, 0.5])),))
def dataclass_argument(body):
    return 0.5 * body.mass * np.sum(body.position**2)


@program(args=(Body(2.0, np.array([0.3, 0.5])), 0.1), wrt=(0, 1))
def dataclass_argument_mutated(body, dt):
    body.position += dt * body.position
    body.mass = body.mass * 2.0
    return body.mass * np.sum(body.position**3)


@program(args=(0.7, 1.3), wrt=(0, 1))
def frozen_dataclass(rate, t):
    p = Parameters(rate)
    q = replace(p, shape=1.5)
    return p.hazard(t) + q.hazard(t)


@program(args=(Parameters(0.7, 1.6), 1.3), wrt=(0, 1))
def dataclass_method_on_argument(p, t):
    return np.exp(-p.hazard(t)) * p.rate


@program(args=(0.7,))
def operator_overloading(x):
    v = Vector(x, 1.0) + Vector(2.0, x) * x
    return v.x * v.y


@program(args=(0.7,))
def callable_object(x):
    line = Vector(x, x * x)
    return line(3.0) * len(line) + line[1]


@program(args=(0.7,))
def two_names_for_one_object(x):
    a = Vector(x, 1.0)
    b = a
    b.x = x * x
    return a.x * 3.0 + b.y


@program(args=(0.7,))
def object_in_list(x):
    bodies = [Vector(x, 0.0), Vector(1.0, x)]
    for body in bodies:
        body.y += body.x
    return sum(body.y**2 for body in bodies)


@program(args=(0.7,))
def object_mutated_by_helper(x):
    v = Vector(x, 2.0)
    advance(v, 0.1)
    advance(v, x)
    return v.x


def advance(v, dt):
    v.x += dt * v.y
    v.y -= dt * v.x


@program(args=(0.7,))
def bound_method_as_value(x):
    spring = Spring(x)
    f = spring.force
    return f(1.0, 0.5) + f(x, x)


@program(args=(0.7,))
def slotted_class(x):
    s = Slotted(x, x * x)
    s.a += s.b
    return s.a * s.b


@program(args=(0.7,))
def class_attribute_and_getattr(x):
    spring = Spring(x)
    name = "stiffness"
    return getattr(spring, name) * Spring.rest_length + getattr(spring, "missing", x) ** 2


@program(args=(Spring(1.4, 0.2), 0.3), wrt=(1,))
def object_with_counter_as_argument(spring, x):
    y = spring.force(x, 0.0)
    y += spring.force(x, y)
    return y * spring.calls


@program(args=(0.5,))
def composition_of_objects(x):
    outer = Accumulator()
    outer.inner = Base(x)
    outer.inner.a *= x
    return outer.inner.value(2.0)
