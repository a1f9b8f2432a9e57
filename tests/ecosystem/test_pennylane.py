"""PennyLane with its Qiskit plug-in."""

from __future__ import annotations

import numpy as np
import pennylane as qml


def test_a_node_and_its_gradient(backend):
    device = qml.device("qiskit.remote", wires=2, backend=backend)

    @qml.set_shots(2000)
    @qml.qnode(device, diff_method="parameter-shift")
    def node(angle):
        qml.RX(angle, wires=0)
        qml.CNOT(wires=[0, 1])
        return qml.expval(qml.PauliZ(1))

    angle = qml.numpy.array(0.7, requires_grad=True)
    assert abs(float(node(angle)) - np.cos(0.7)) < 0.1
    assert abs(float(qml.grad(node)(angle)) + np.sin(0.7)) < 0.1
