# syntax=docker/dockerfile:1
# The image of all pods of digits; the context is the project folder:
#   docker build -f build/kubernetes/Dockerfile -t IMAGE .
# For builds that are alike for ever, add the digest: docker buildx imagetools inspect
# python:3.11-slim-bookworm prints it, and --build-arg PYTHON=3.11-slim-bookworm@sha256:… takes it.
ARG PYTHON=3.11-slim-bookworm

FROM docker.io/library/python:${PYTHON} AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/onespec
# `requirements: FILE` in the target's settings installs a lock file instead.
RUN /opt/onespec/bin/pip install "onespec[run,train,torch]==0.1.0"

FROM docker.io/library/python:${PYTHON}
COPY --from=packages /opt/onespec /opt/onespec
ENV PATH=/opt/onespec/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /app
# Root owns the project: what runs cannot change it.
COPY . /app
USER 10001:10001
ENTRYPOINT ["onespec"]
