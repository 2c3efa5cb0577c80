# syntax=docker/dockerfile:1
FROM node:22-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build && npm prune --omit=dev --no-audit --no-fund

FROM node:22-bookworm-slim
ENV NODE_ENV=production \
    LLMW_BINDIP=0.0.0.0 \
    LLMW_BINDPORT=42069 \
    LLMW_DATA=/data
WORKDIR /app
COPY --from=build /src/package.json /src/LICENSE /src/openapi.yaml ./
COPY --from=build /src/node_modules ./node_modules
COPY --from=build /src/dist ./dist
COPY --from=build /src/overlays ./overlays
RUN install -d -o node -g node -m 700 /data
VOLUME /data
USER node
EXPOSE 42069
# The image has no curl; Node asks the worker whether it is alive.
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.LLMW_BINDPORT}/healthz`).then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Node as process 1 gets SIGTERM itself and drains.
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "dist/cli.js"]
