# One image for the three services; the command names which one runs:
#   docker run IMAGE services.gateway.app:create_app
# Debian, not Alpine: google-re2 has no wheel for musl.
FROM python:3.11.14-slim-bookworm AS build
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /src
COPY pyproject.toml requirements.lock README.md LICENSE ./
COPY otel_logging otel_logging
# Only what the services import, at the versions and hashes of the lock file.
RUN uv venv --python python3.11 /opt/venv \
 && VIRTUAL_ENV=/opt/venv uv pip install --no-cache --group services --constraint requirements.lock ".[aio-pika,fastapi]"

FROM python:3.11.14-slim-bookworm
# A named volume mounted on /var/lib/service takes its owner and mode from here.
RUN groupadd --system --gid 10001 service \
 && useradd --system --uid 10001 --gid 10001 --no-create-home service \
 && install --directory --owner 10001 --group 10001 --mode 0700 /var/lib/service
COPY --from=build /opt/venv /opt/venv
COPY services /srv/services
ENV PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /srv
USER 10001
EXPOSE 8000
ENTRYPOINT ["opentelemetry-instrument", "uvicorn", "--host", "0.0.0.0", "--port", "8000", "--factory"]
CMD ["services.gateway.app:create_app"]
