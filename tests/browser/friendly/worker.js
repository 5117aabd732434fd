postMessage("heard");
