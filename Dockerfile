FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 KEYTURN_STATIC=/app/staticfiles
WORKDIR /app

# What WeasyPrint loads to print records, and what the worker of commands puts them in.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 bubblewrap \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --home-dir /nonexistent keyturn

COPY requirements.txt ./
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt

COPY manage.py LICENSE ./
COPY project project
COPY apps apps
COPY templates templates
COPY static static
RUN python manage.py collectstatic --noinput --verbosity 0 && python -m compileall -q manage.py project apps

USER keyturn
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s CMD ["python", "-m", "project.alive"]
# WEB_CONCURRENCY says how many processes; uvicorn reads it itself.
CMD ["uvicorn", "project.asgi:application", "--host", "0.0.0.0", "--port", "8000", \
     "--http", "project.protocol:Protocol", "--lifespan", "off", \
     "--no-proxy-headers", "--no-access-log", "--no-server-header", "--timeout-graceful-shutdown", "5", \
     "--timeout-worker-healthcheck", "30"]
