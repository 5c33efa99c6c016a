# syntax=docker/dockerfile:1

FROM node:24.21.0-bookworm-slim AS install
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The image has its Node; the one that npm brings along for other machines is left out.
RUN npm ci --ignore-scripts --omit=dev && rm -rf node_modules/node-linux-*

FROM node:24.21.0-bookworm-slim
LABEL org.opencontainers.image.title="Reelgate" \
      org.opencontainers.image.description="One API for every AI video model" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=8787 \
    REELGATE_DATA_DIR=/data
WORKDIR /app
COPY --from=install /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY bin ./bin
COPY src ./src
RUN install --directory --owner=node --group=node --mode=0700 /data
# The user `node` of the image, by number, so that an orchestrator can see that it is not root.
USER 1000:1000
VOLUME /data
EXPOSE 8787
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "bin/reelgate.mjs"]
