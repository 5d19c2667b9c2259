# The service from requirements/run.lock, hashes checked: one image for web, worker, beat, release.
# compose.yaml runs them together; docs/how-to/docker.md.
ARG PYTHON=3.13-slim-bookworm

FROM python:${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python -m venv /opt/sms-service
ENV PATH=/opt/sms-service/bin:$PATH
# The builders' environment is another: nothing of it gets into the image.
RUN python -m venv /opt/build
COPY requirements/build.lock requirements/run.lock requirements/
RUN /opt/build/bin/pip install --require-hashes --only-binary :all: -r requirements/build.lock \
    && /opt/build/bin/pip wheel --require-hashes --no-deps --no-build-isolation --use-pep517 \
        --wheel-dir /wheels -r requirements/run.lock \
    && pip install --no-index --no-deps /wheels/*.whl
COPY . .
RUN /opt/build/bin/python -m hatchling build -t wheel -d /own \
    && pip install --no-index --no-deps /own/*.whl \
    && pip check

FROM python:${PYTHON}
RUN useradd --system --uid 10001 --user-group --home-dir /var/lib/sms-service --create-home sms-service
COPY --from=build /opt/sms-service /opt/sms-service
ENV PATH=/opt/sms-service/bin:$PATH PYTHONUNBUFFERED=1 UPLOADS_DIR=/var/lib/sms-service/uploads
USER 10001:10001
WORKDIR /var/lib/sms-service
VOLUME /var/lib/sms-service
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/livez', timeout=2)"]
CMD ["sms-service", "serve", "--host", "0.0.0.0"]
