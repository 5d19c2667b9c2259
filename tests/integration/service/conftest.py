from tests.support.kavenegar import gateway, running_simulator, simulator

__all__ = ["gateway", "running_simulator", "simulator"]
