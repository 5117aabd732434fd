fetch("http://127.0.0.1:@SINK@/sink/shared%20worker", { mode: "no-cors" });
