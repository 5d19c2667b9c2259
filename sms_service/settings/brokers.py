"""Where Redis and the broker are, as settings; a part of all settings."""

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings

from sms_service.settings.addresses import AmqpAddress, RedisAddress, broker_address, redis_address


class BrokerSettings(BaseSettings):
    """What ``RunningSettings`` inherits."""

    redis_url: SecretStr | None = Field(
        None, description="Redis for coalescing doorbells; also the broker unless one is named."
    )
    celery_broker_url: SecretStr | None = Field(
        None, description="The Celery broker, Redis or RabbitMQ; REDIS_URL when empty."
    )
    allow_open_brokers: bool = Field(
        False, description="Redis and RabbitMQ on other hosts may be without a password."
    )

    @field_validator("redis_url")
    @classmethod
    def _redis_can_be_read(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            redis_address(value.get_secret_value())
        return value

    @field_validator("celery_broker_url")
    @classmethod
    def _broker_can_be_read(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            broker_address(value.get_secret_value())
        return value

    @model_validator(mode="after")
    def _others_are_kept_out(self) -> "BrokerSettings":
        for name, address in (("REDIS_URL", self.redis), ("CELERY_BROKER_URL", self.broker)):
            if address is not None and address.is_open and not self.allow_open_brokers:
                raise ValueError(
                    f"{name}: on another host it needs a password (or ALLOW_OPEN_BROKERS=true)"
                )
        return self

    @property
    def broker_url(self) -> SecretStr | None:
        """The broker's address: CELERY_BROKER_URL, else REDIS_URL."""
        return self.celery_broker_url or self.redis_url

    @property
    def broker(self) -> RedisAddress | AmqpAddress | None:
        """The same, read."""
        return broker_address(self.broker_url.get_secret_value()) if self.broker_url else None

    @property
    def redis(self) -> RedisAddress | None:
        """Where flags and dialogues are kept; None where no Redis is named."""
        return redis_address(self.redis_url.get_secret_value()) if self.redis_url else None
