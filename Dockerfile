# The local stack in a container: the functions behind an emulated gateway, for laptops, demonstrations and small private
# installations. Production on AWS is `serverless deploy`; see docs/operations.md.

FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# Nothing that runs needs an install script.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && npm cache clean --force

FROM node:24-slim AS console
WORKDIR /app
COPY package.json package-lock.json tsconfig.json ./
RUN npm ci --no-audit --no-fund
COPY console console
COPY client client
COPY lib lib
COPY serverless serverless
RUN node serverless/console/main.ts

FROM node:24-slim
ENV NODE_ENV=development HOST=0.0.0.0
WORKDIR /app
# Holds the note of who runs here; the only folder that is written to.
RUN mkdir .local .serverless && chown node:node .local .serverless
COPY --from=dependencies /app/node_modules node_modules
COPY --from=console /app/.local/console .local/console
COPY package.json serverless.yml ./
COPY serverless serverless
COPY localstack localstack
COPY lib lib
COPY functions functions
USER node
EXPOSE 3001 3002
# Whether it lives, and not whether Redis and RabbitMQ do: what ends unhealthy containers would end it for nothing.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "localstack/health.js"]
# Node itself, and not npm: SIGTERM reaches it, and it lets what is under way finish.
STOPSIGNAL SIGTERM
# What stands in front is nginx, which takes larger frames than API Gateway does.
CMD ["node", "localstack/start.ts", "--lenient"]
