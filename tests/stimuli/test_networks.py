import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import cv2
import numpy as np

from stimuli.networks import run_network


def test_networks_are_read_one_at_a_time_whatever_the_threads(monkeypatch):
    read, reading, most = cv2.dnn.readNetFromTFLite, [], []

    def slowly(path):
        reading.append(path)
        most.append(len(reading))
        time.sleep(0.02)
        network = read(path)
        reading.pop()
        return network

    monkeypatch.setattr(cv2.dnn, "readNetFromTFLite", slowly)
    together = Barrier(4)

    def work(_):
        together.wait()
        return run_network("selfie_segmentation", np.zeros((256, 256, 3), np.float32))[0]

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(work, range(4)))
    assert most == [1, 1, 1, 1]
    assert all((result == results[0]).all() for result in results)
