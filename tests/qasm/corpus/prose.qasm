this is not OpenQASM
