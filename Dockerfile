# syntax=docker/dockerfile:1
FROM node:22-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build && npm prune --omit=dev --no-audit --no-fund

FROM node:22-bookworm-slim
# Defaults of this image: a configuration file, variables and flags win over them.
ENV NODE_ENV=production \
    LLMW_DEFAULT_BINDIP=0.0.0.0 \
    LLMW_DEFAULT_DATA=/data
WORKDIR /app
COPY --from=build /src/package.json /src/LICENSE /src/openapi.yaml ./
COPY --from=build /src/node_modules ./node_modules
COPY --from=build /src/dist ./dist
COPY --from=build /src/overlays ./overlays
COPY --from=build /src/schema ./schema
RUN install -d -o node -g node -m 700 /data && ln -s /app/dist/cli.js /usr/local/bin/llmw
VOLUME /data
USER node
EXPOSE 42069
# Finds the port in force by itself, whatever flags, variables or a file say.
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 CMD ["llmw", "health"]
# Node as process 1 gets SIGTERM itself and drains.
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "dist/cli.js"]
