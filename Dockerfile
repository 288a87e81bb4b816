# The image that runs in production: the application and what it needs, nothing to build or test with.
#   docker build --tag touchstone .
#   docker run --rm touchstone          says which settings are missing; docs/deployment.md has the whole run line

FROM python:3.12-slim AS build
WORKDIR /app
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv --without-pip /opt/venv
COPY requirements.txt ./
RUN pip --python /opt/venv/bin/python install --only-binary=:all: --no-compile --requirement requirements.txt \
 && python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/venv
COPY requirements.txt wsgi.py run.py ./
COPY migrations migrations
COPY backend backend
RUN python -m compileall -q -j 0 --invalidation-mode unchecked-hash .


FROM python:3.12-slim
LABEL org.opencontainers.image.title="touchstone" \
      org.opencontainers.image.description="A Flask backend, served by Granian" \
      org.opencontainers.image.licenses="MIT"

# A number, so that an orchestrator can see that it is not root; no home, no shell, nothing in the image that it may write.
RUN useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin app
WORKDIR /app
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app

ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    APP_ENV=production \
    FLASK_APP=backend \
    LOG_FORMAT=json \
    WECHAT_GATEWAY=wechat \
    HOST=0.0.0.0 \
    PORT=80

USER 10001:10001
EXPOSE 80
STOPSIGNAL SIGTERM
# Alive, not ready: restarting the container does not help against a database that is away.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-I", "-S", "-c", "import http.client, os, sys; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['PORT']), timeout=2); c.request('GET', '/health/live'); sys.exit(c.getresponse().status != 200)"]

CMD ["python", "-m", "backend.server.serve"]
