package sip

// SocketBuffer is how many bytes of receive buffer each UDP socket asks the
// kernel for; `registrard doctor` looks whether it gives them.
const SocketBuffer = socketBuffer
