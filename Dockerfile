# ragqa serve as a container: nothing but Python and ragqa, models inside, not root, for a read-only root.
#
#   docker build --build-arg TORCH_INDEX_URL=… -t ragqa .     the address of torch's CPU builds, as its installation page tells it
#   docker run --read-only --tmpfs /tmp -v ragqa:/data -p 127.0.0.1:8321:8321 -e RAGQA_TOKEN=… ragqa
#
# See compose.yaml and docs/operators.md.

ARG PYTHON=3.12-slim-bookworm

FROM python:${PYTHON} AS build
ARG TORCH_INDEX_URL=""
ARG EXTRAS="serve,mcp,watch"
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
SHELL ["/bin/sh", "-euc"]
WORKDIR /source

# torch first and alone, so that a change of ragqa does not bring it again; some platforms' plain builds bring gigabytes of CUDA.
COPY constraints.txt ./
RUN python -m venv /usr/local/lib/ragqa; \
    if [ -n "$TORCH_INDEX_URL" ]; then export PIP_INDEX_URL="$TORCH_INDEX_URL"; fi; \
    /usr/local/lib/ragqa/bin/pip install --constraint constraints.txt torch; \
    if [ -e "$(/usr/local/lib/ragqa/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/nvidia" ]; then \
        echo 'This torch brings CUDA. Build with --build-arg TORCH_INDEX_URL=(the address of its CPU builds).' >&2; exit 1; \
    fi

# Compiled here, since nothing can be on a read-only root; some packages hold files for newer Pythons, which need not compile.
COPY pyproject.toml README.md LICENSE ./
COPY ragqa ragqa
COPY tui tui
RUN /usr/local/lib/ragqa/bin/pip install --constraint constraints.txt ".[${EXTRAS}]"; \
    /usr/local/lib/ragqa/bin/python -m compileall -qq /usr/local/lib/ragqa/lib || true

FROM python:${PYTHON}
COPY --from=build /usr/local/lib/ragqa /usr/local/lib/ragqa
RUN groupadd --system --gid 10001 ragqa \
    && useradd --system --uid 10001 --gid ragqa --home-dir /data --no-create-home --shell /usr/sbin/nologin ragqa \
    && install -d -o ragqa -g ragqa -m 0700 /data
ENV PATH=/usr/local/lib/ragqa/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HF_HUB_OFFLINE=1 \
    RAGQA_HOME=/data \
    RAGQA_SERVE_HOST=0.0.0.0 \
    XDG_CACHE_HOME=/data/cache
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8321
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import os; from urllib.request import urlopen; urlopen(f'http://127.0.0.1:{os.environ.get(\"RAGQA_SERVE_PORT\", 8321)}/healthz', timeout=4)"]
ENTRYPOINT ["ragqa"]
CMD ["serve"]
