works.script = true;
