# PostgreSQL and RabbitMQ for a run: those that answer on this machine, else ones of our own that end with it.
# Sets DATABASE and BROKER. Read by run.

own_services=$(mktemp -d /tmp/openmeet-ci-XXXXXX)
chmod 755 "$own_services"
broker_pid=

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

free_port() {
  local port
  for port in $(shuf -i 20000-29999 -n 50); do
    if ! listens "$port"; then echo "$port"; return; fi
  done
}

find_database() {
  DATABASE=postgres://postgres@127.0.0.1:5432/postgres
  if [ -z "${OWN_SERVICES:-}" ] && PGCONNECT_TIMEOUT=5 psql -w -q -c '' "$DATABASE" 2>/dev/null; then
    echo "PostgreSQL answers at 127.0.0.1:5432"
    return
  fi
  start_database
}

# Not from here: they may not enter a clone under /root.
as_postgres() { (cd / && runuser -u postgres -- "$@"); }

start_database() {
  local bin port data=$own_services/postgres
  bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
  port=$(free_port)
  install -d -o postgres "$data"
  as_postgres "$bin/initdb" -D "$data" -A trust -U postgres --no-sync >/dev/null
  as_postgres "$bin/pg_ctl" -D "$data" -w -t 60 -l "$data/log" -o "-p $port -k $data -c fsync=off" start >/dev/null
  DATABASE=postgres://postgres@127.0.0.1:$port/postgres
  echo "PostgreSQL of our own at 127.0.0.1:$port"
}

find_broker() {
  BROKER=amqp://guest:guest@127.0.0.1:5672
  if [ -z "${OWN_SERVICES:-}" ] && listens 5672; then
    echo "RabbitMQ answers at 127.0.0.1:5672"
    return
  fi
  start_broker
}

start_broker() {
  local port data=$own_services/rabbitmq
  port=$(free_port)
  install -d -o rabbitmq "$data"
  # Not by the script on the PATH: its su would take the server out of the group that is ended with us.
  (cd / && exec setsid runuser -u rabbitmq -- env HOME="$data" \
    RABBITMQ_NODENAME="openmeet-ci-$$@localhost" RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_NODE_PORT="$port" \
    RABBITMQ_DIST_PORT="$(free_port)" RABBITMQ_MNESIA_BASE="$data" RABBITMQ_LOG_BASE="$data" RABBITMQ_LOGS=- \
    RABBITMQ_ENABLED_PLUGINS_FILE="$data/plugins" RABBITMQ_CONFIG_FILE="$data/config" RABBITMQ_PID_FILE="$data/pid" \
    /usr/lib/rabbitmq/bin/rabbitmq-server) >"$own_services/rabbitmq.log" 2>&1 </dev/null &
  broker_pid=$!
  for _ in $(seq 60); do
    if listens "$port"; then
      BROKER=amqp://guest:guest@127.0.0.1:$port
      echo "RabbitMQ of our own at 127.0.0.1:$port"
      return
    fi
    sleep 1
  done
  tail -20 "$own_services/rabbitmq.log"
  return 1
}

end_services() {
  if [ -n "$broker_pid" ]; then kill -TERM -- "-$broker_pid" 2>/dev/null; fi
  local pid=$own_services/postgres/postmaster.pid
  if [ -f "$pid" ]; then kill -INT "$(head -1 "$pid")"; fi
  for _ in $(seq 30); do
    if [ ! -f "$pid" ] && ! kill -0 -- "-$broker_pid" 2>/dev/null; then break; fi
    sleep 1
  done
  if [ -n "$broker_pid" ]; then kill -KILL -- "-$broker_pid" 2>/dev/null; fi
  rm -rf "$own_services"
}
