package files

// Check is checkPicture, for its test.
var Check = checkPicture
