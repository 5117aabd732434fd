fetch("http://127.0.0.1:@SINK@/sink/worker", { mode: "no-cors" });
